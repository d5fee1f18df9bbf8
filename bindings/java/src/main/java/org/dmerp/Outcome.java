package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** What a function of the library returned: its status, and the error that it may have made. */
final class Outcome {
    /** A function of the library that can fail. */
    interface Function {
        int call(PointerByReference error);
    }

    private Outcome() {}

    /** Calls a function of the library, and throws if it fails. */
    static void check(Function function) throws DmerpException {
        Exception failure = of(function);
        if (failure != null) {
            throw Outcome.<DmerpException>unchanged(failure);
        }
    }

    /** Calls a function of the library; returns the exception of its failure, or null. */
    static Exception of(Function function) {
        PointerByReference place = new PointerByReference();
        int status = function.call(place);
        Pointer error = place.getValue();
        if (status == Status.OK.number) {
            return null;
        }
        try {
            return new ErrorDetails(status, error).toException();
        } finally {
            abi().dmerp_error_free(error);
        }
    }

    /**
     * Lets anything be thrown as it is, checked or not: {@code throw
     * Outcome.<RuntimeException>unchanged(anything)}.
     */
    @SuppressWarnings("unchecked")
    static <T extends Throwable> T unchanged(Throwable anything) throws T {
        throw (T) anything;
    }
}
