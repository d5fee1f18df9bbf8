package org.dmerp;

import static org.dmerp.DmerpException.check;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Objects;

/** A packet for {@link Client#pushMany}. Immutable, but for the array that it was made with. */
public final class Outgoing {
    /** A byte[] or a path. */
    final Object content;

    private final String mobileUser;
    private final PushOptions options;

    private Outgoing(String mobileUser, Object content, PushOptions options) {
        this.mobileUser = Arguments.text("mobileUser", mobileUser);
        this.content = Objects.requireNonNull(content, "content");
        this.options = Objects.requireNonNull(options, "options");
    }

    /**
     * Makes a packet of bytes for a mobile user.
     *
     * @param content the packet, at least a byte. Give the same array to all packets that have it.
     */
    public Outgoing(String mobileUser, byte[] content, PushOptions options) {
        this(mobileUser, (Object) content, options);
    }

    /**
     * Makes a packet of a file for a mobile user. It may have any size: it is read in pieces as it
     * is sent. A file that changes meanwhile is not sent.
     */
    public Outgoing(String mobileUser, Path content, PushOptions options) {
        this(mobileUser, (Object) content, options);
    }

    /** Puts the content into a native batch; returns its number there. */
    Abi.SizeT addContent(Pointer batch) throws DmerpException {
        Abi.SizeTByReference number = new Abi.SizeTByReference();
        if (content instanceof byte[]) {
            byte[] bytes = (byte[]) content;
            Abi.SizeT len = new Abi.SizeT(bytes.length);
            check(error -> abi().dmerp_batch_content(batch, bytes, len, number, error));
        } else {
            String path = Arguments.path("content", (Path) content);
            check(error -> abi().dmerp_batch_content_file(batch, path, number, error));
        }
        return number.getValue();
    }

    void add(Pointer batch, Abi.SizeT content) throws DmerpException {
        int format = options.format.number;
        String packetId = options.packetId;
        check(error -> abi().dmerp_batch_add(batch, mobileUser, format, content, packetId, error));
    }
}
