package org.dmerp;

import java.util.Optional;
import java.util.OptionalLong;

/** What is wrong in a synchronization packet: {@link PacketReader#check(byte[])}. Immutable. */
public final class Mistake {
    private final long line;
    private final String table;
    private final long record;
    private final String field;
    private final String what;

    Mistake(Abi.dmerp_mistake mistake) {
        this.line = mistake.line;
        this.table = mistake.table;
        this.record = mistake.record;
        this.field = mistake.field;
        this.what = mistake.what;
    }

    /** The line in the packet, counted from 1. */
    public long getLine() {
        return line;
    }

    /** The table. Empty if the mistake is in none. */
    public Optional<String> getTable() {
        return Optional.ofNullable(table);
    }

    /** The record's number in its table, counted from 1. Empty if the mistake is in none. */
    public OptionalLong getRecord() {
        return record == 0 ? OptionalLong.empty() : OptionalLong.of(record);
    }

    /** The field. Empty if the mistake is in none. */
    public Optional<String> getField() {
        return Optional.ofNullable(field);
    }

    /** What is wrong, in a sentence. */
    public String getWhat() {
        return what;
    }

    /** All of it on one line, such as "line 7, table ITEMS, record 3, field PRICE: ...". */
    @Override
    public String toString() {
        return "line "
                + line
                + (table == null ? "" : ", table " + table)
                + (record == 0 ? "" : ", record " + record)
                + (field == null ? "" : ", field " + field)
                + ": "
                + what;
    }
}
