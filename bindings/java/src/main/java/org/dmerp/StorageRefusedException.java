package org.dmerp;

/** The storage refused a temporary link, also after a fresh one was fetched. */
public final class StorageRefusedException extends DmerpException {
    private static final long serialVersionUID = 1L;

    StorageRefusedException(ErrorDetails details) {
        super(details);
    }
}
