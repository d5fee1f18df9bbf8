package org.dmerp;

/** Takes the progress of a call: see {@link CallOptions#progress(ProgressListener)}. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * Takes how far a call is. It runs on the thread that made the call, about 20 times a second
     * and at the end, and may use this package. To end the call cancel it, or throw an exception,
     * which comes out of the call as the same object.
     */
    void progressed(Progress progress);
}
