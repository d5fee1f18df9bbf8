package org.dmerp;

/**
 * A local file could not be read or written. Look at the path, its permissions and the free space.
 */
public final class FileException extends DmerpException {
    private static final long serialVersionUID = 1L;

    FileException(ErrorDetails details) {
        super(details);
    }
}
