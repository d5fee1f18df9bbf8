package org.dmerp;

import com.sun.jna.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Receipts as C's array, until they are freed. */
final class NativeReceipts implements AutoCloseable {
    /** The array; null if it is empty. */
    final Abi.dmerp_receipt[] structs;

    /** How many there are. */
    final Abi.SizeT count;

    /** All the texts, one after the other. */
    private final Memory texts;

    NativeReceipts(Iterable<Receipt> receipts) {
        List<byte[]> encoded = new ArrayList<>();
        long size = 0;
        for (Receipt receipt : receipts) {
            byte[] id =
                    Text.toNative(
                            "a receipt's id", Objects.requireNonNull(receipt, "a receipt").getId());
            byte[] receiptHandle = Text.toNative("a receipt's handle", receipt.getReceiptHandle());
            encoded.add(id);
            encoded.add(receiptHandle);
            size += id.length + receiptHandle.length;
        }
        count = new Abi.SizeT(encoded.size() / 2);
        if (encoded.isEmpty()) {
            structs = null;
            texts = null;
            return;
        }
        structs = (Abi.dmerp_receipt[]) new Abi.dmerp_receipt().toArray(encoded.size() / 2);
        texts = new Memory(size);
        long place = 0;
        for (int i = 0; i < encoded.size(); i++) {
            byte[] text = encoded.get(i);
            texts.write(place, text, 0, text.length);
            if (i % 2 == 0) {
                structs[i / 2].id = texts.share(place);
            } else {
                structs[i / 2].receipt_handle = texts.share(place);
            }
            place += text.length;
        }
    }

    @Override
    public void close() {
        if (texts != null) {
            texts.close();
        }
    }
}
