package org.dmerp;

/**
 * The portal asks for fewer requests, and went on asking through every retry. Try again later, and
 * less often.
 */
public final class ThrottledException extends DmerpException {
    private static final long serialVersionUID = 1L;

    ThrottledException(ErrorDetails details) {
        super(details);
    }
}
