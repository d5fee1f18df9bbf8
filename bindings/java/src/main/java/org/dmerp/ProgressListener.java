package org.dmerp;

/** Takes the progress of a transfer: see {@link CallOptions#progress(ProgressListener)}. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * Takes how far a transfer is. It runs on the thread that made the call, about 20 times a
     * second and at the end, and may use this package. To end the call cancel it, or throw an
     * exception, which comes out of the call as the same object.
     *
     * @param done how many bytes of the content are transferred. It starts again at 0 when a try is
     *     repeated.
     * @param total how many there are in all; -1 where that is not known, and for an empty content
     */
    void progressed(long done, long total);
}
