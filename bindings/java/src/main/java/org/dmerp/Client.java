package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.ptr.PointerByReference;
import java.util.Objects;

/**
 * The way to one app area: its verbs, and more of them under the control of a {@link Call}. Any
 * number of threads may use one at once; make one and keep it.
 *
 * <p>Close it when you are done with it. Closing waits for nothing: calls that run on other threads
 * go on, and the last of them frees the connections and the copy of the API key as it ends; new
 * calls throw {@link InvalidHandleException}. A client that is dropped unclosed is freed after it
 * was garbage collected, when another object of this package is made.
 */
public final class Client extends Verbs implements AutoCloseable {
    private final Handle handle;
    private final LogListener log;

    /** Lets calls without a control of their own heed interrupts. It is closed with the handle. */
    private final Call plain;

    /**
     * Makes a client of a configuration, which can be changed or closed at once afterwards. It
     * makes no request: {@link #check()} tries the settings.
     *
     * @param config the options, copied
     * @throws DmerpException if it failed; {@link InvalidConfigException} if an option is missing
     *     or contradicts another, or a file it names cannot be read
     */
    public Client(Config config) throws DmerpException {
        Objects.requireNonNull(config, "config");
        Call call = new Call();
        PointerByReference client = new PointerByReference();
        try {
            log = config.makeClient(client);
        } catch (Throwable failure) {
            call.close();
            throw failure;
        }
        plain = call;
        // Of the call rather than of this object, which could never be collected else.
        Handle.Free free =
                pointer -> {
                    abi().dmerp_client_free(pointer);
                    call.close();
                };
        handle = new Handle(this, client.getValue(), free);
    }

    /**
     * The same verbs under the control of a call: its deadline, its progress listener, and its
     * {@link Call#cancel()}.
     *
     * @param call the control
     * @return the verbs, good until this client or the call is closed
     */
    public Verbs with(Call call) {
        Objects.requireNonNull(call, "call");
        return new Verbs() {
            @Override
            Client client() {
                return Client.this;
            }

            @Override
            Call call() {
                return call;
            }
        };
    }

    /** Ends the use of this client; waits for nothing. Closing again does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    Client client() {
        return this;
    }

    @Override
    Call call() {
        return plain;
    }

    Handle.Use use() {
        return handle.use(this);
    }

    LogListener log() {
        return log;
    }
}
