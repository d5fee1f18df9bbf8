package org.dmerp;

import java.util.Optional;

/** A packet that a receiver left behind. Immutable. */
public final class Left {
    private final String id;
    private final String mobileUser;
    private final LeftWhy why;
    private final Status status;
    private final String reason;

    Left(Abi.dmerp_left left) {
        this.id = left.id;
        this.mobileUser = left.mobile_user;
        this.why = LeftWhy.of(left.why);
        this.status = Status.of(left.status);
        this.reason = left.reason;
    }

    /** The packet's id. Empty where its entry in the list has none. */
    public Optional<String> getId() {
        return Optional.ofNullable(id);
    }

    /** The mobile user who sent the packet. Empty where the portal did not tell. */
    public Optional<String> getMobileUser() {
        return Optional.ofNullable(mobileUser);
    }

    /** Why it was left. */
    public LeftWhy getWhy() {
        return why;
    }

    /** The status of the failure behind it; {@link Status#OK} if there was none. */
    public Status getStatus() {
        return status;
    }

    /** Why it was left, in words, on one line. */
    public String getReason() {
        return reason;
    }

    @Override
    public String toString() {
        return "Left[id=" + id + ", why=" + why + ", status=" + status + ", reason=" + reason + "]";
    }
}
