package org.dmerp;

/** Takes the progress of a transfer: see {@link Call#progress(ProgressListener)}. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * Takes how far a transfer is. It runs on the thread that made the call, as often as a piece is
     * sent or received, and may use this library. To end the call throw an exception, which comes
     * out of the call as the same object, or cancel it.
     *
     * @param done how many bytes of the content are transferred; starts again at 0 when a try is
     *     repeated
     * @param total how many there are in all; 0 where that is not known
     */
    void progressed(long done, long total);
}
