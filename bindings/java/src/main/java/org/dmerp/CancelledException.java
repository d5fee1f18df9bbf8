package org.dmerp;

/**
 * The call was cancelled; or its thread was interrupted: then the cause is an InterruptedException,
 * and the thread's interrupt flag is set still.
 */
public final class CancelledException extends DmerpException {
    private static final long serialVersionUID = 1L;

    CancelledException(ErrorDetails details) {
        super(details);
    }
}
