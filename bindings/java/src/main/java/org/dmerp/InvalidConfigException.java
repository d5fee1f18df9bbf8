package org.dmerp;

/**
 * A configuration option is unknown, missing, malformed, or contradicts another. Fix the option
 * that the message names.
 */
public final class InvalidConfigException extends DmerpException {
    private static final long serialVersionUID = 1L;

    InvalidConfigException(ErrorDetails details) {
        super(details);
    }
}
