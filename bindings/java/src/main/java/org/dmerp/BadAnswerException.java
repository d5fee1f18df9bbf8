package org.dmerp;

/** The answer is not one the portal gives, such as a web page of a proxy. */
public final class BadAnswerException extends DmerpException {
    private static final long serialVersionUID = 1L;

    BadAnswerException(ErrorDetails details) {
        super(details);
    }
}
