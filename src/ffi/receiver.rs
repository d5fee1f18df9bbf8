//! `dmerp_receiver`: the loop that empties a queue.

use super::call::control;
use super::client::{default_or_format, kind_of};
use super::handle::{self, Object};
use super::received::ReceivedObject;
use super::sigpipe;
use super::summary::SummaryObject;
use super::{
    dmerp_call, dmerp_client, dmerp_error, dmerp_format, dmerp_packet_kind, dmerp_received,
    dmerp_status, dmerp_summary, entry, network_entry, or_null, out, plain,
};
use crate::{Client, Receiver};

/// Receives the packets of one list. It downloads several packets at the same time, hands them over one at a time, and
/// marks those done that you have handled. Free it with dmerp_receiver_free(). It keeps what it needs of its client, so
/// the client can be freed first.
///
/// Only dmerp_received_done() takes a packet from the queue. A packet stays there if your program ends early, or if it
/// forgets to say done.
///
/// Packets come in the order of the list. A packet that is late holds up the others for a tenth of receive.lease_ms at
/// most. A packet that this client failed to download before, or that you did not handle before, comes after the others.
/// A packet that cannot be downloaded stays in the queue; the log and dmerp_summary say why.
///
/// A receiver hands over each packet once. If the packet is listed again, the receiver marks it if it was handled. A
/// packet that was kept (dmerp_received_keep()) comes again only in a run that polls (receive.poll_ms).
///
/// Any number of threads may call dmerp_receiver_next() on one receiver. Work goes on only while a thread is inside
/// that function. The receiver belongs to the process that opened it: a forked child opens its own.
pub struct dmerp_receiver {
    _private: [u8; 0],
}

impl Object for Receiver {
    type Handle = dmerp_receiver;
    const NAME: &'static str = "dmerp_receiver";
}

/// Opens a receiver for the list `kind`, and stores it in `*receiver`. `format` is the format that the portal is asked
/// for. The options receive.* set how it works. This sends no request.
///
/// Statuses: DMERP_INVALID_ARGUMENT, also while the client has another receiver of the same list that has not come to
/// its end and is not closed; DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_receive(
    client: *const dmerp_client,
    kind: dmerp_packet_kind,
    format: dmerp_format,
    receiver: *mut *mut dmerp_receiver,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("receiver", receiver, std::ptr::null_mut())?;
        let client = handle::get::<Client>(client)?;
        let receiver = client.receive(kind_of(kind)?, default_or_format(format)?)?;
        handle::put_into(place, receiver)
    })
}

/// Waits for the next packet, and stores it in `*received`; free that with dmerp_received_free(). DMERP_OK with NULL in
/// `*received` is the end: the queue is empty, a limit was reached, or another thread stopped or closed the receiver.
///
/// `call` may be NULL. A cancel or a time-out ends this function only: call it again, or close the receiver. The option
/// timeout.overall_ms limits each transfer, not this function. The progress callback counts what the receiver has
/// downloaded so far.
///
/// Statuses: those of dmerp_client_pull(). While the receiver polls, it goes on after errors that can pass. If the key,
/// the app area, the certificate or the proxy is refused, this function sends nothing more, and every later call returns
/// the same error. DMERP_INVALID_ARGUMENT in a callback of the same receiver, and in a forked child.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_receiver_next(
    receiver: *mut dmerp_receiver,
    call: *const dmerp_call,
    received: *mut *mut dmerp_received,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let place = out("received", received, std::ptr::null_mut())?;
        let receiver = handle::get::<Receiver>(receiver)?;
        match receiver.next(&*control(call)?)? {
            Some(received) => handle::put_into(place, ReceivedObject::new(received)),
            None => Ok(()),
        }
    })
}

/// Returns 1 if dmerp_receiver_next() has a packet, the end or an error at hand, so that it would not wait; 0 if not, or
/// if `receiver` is not a live handle. With it, a host that must not block its thread calls that function there, and
/// else on another thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_receiver_is_ready(receiver: *const dmerp_receiver) -> i32 {
    plain(0, || {
        Ok(handle::get::<Receiver>(receiver)?.is_ready().into())
    })
}

/// Ends the run in good order: dmerp_receiver_next() hands over nothing new and reports the end. Packets that were
/// handed over can still be done. Any thread may call this, also in a callback.
///
/// Statuses: DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_receiver_stop(
    receiver: *mut dmerp_receiver,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        handle::get::<Receiver>(receiver)?.stop();
        Ok(())
    })
}

/// Ends the run at once: threads inside dmerp_receiver_next() return. Marks the packets that you have handled, for at
/// most receive.close_ms; no cancel ends that. What is not marked in that time, the client remembers: it marks those
/// packets when they are listed again, and does not hand them over again.
///
/// `summary` may be NULL. Else it receives what became of the run; free it with dmerp_summary_free(). A second call
/// gives the same summary. Packets that were handed over stay readable, but can no longer be done.
///
/// Statuses: DMERP_INVALID_ARGUMENT in a callback of dmerp_receiver_next() and in a forked child;
/// DMERP_INVALID_HANDLE. What cannot be marked is not an error; the summary lists it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_receiver_close(
    receiver: *mut dmerp_receiver,
    summary: *mut *mut dmerp_summary,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let place = or_null("summary", summary, std::ptr::null_mut())?;
        let closed = handle::get::<Receiver>(receiver)?.close()?;
        match place {
            Some(place) => handle::put_into(place, SummaryObject::new(&closed)),
            None => Ok(()),
        }
    })
}

/// Frees a receiver. If you have not closed it, this does so first, which can take up to receive.close_ms: other
/// threads inside dmerp_receiver_next() return. NULL, and a receiver that was freed before, are ignored. Any thread may
/// call this. In a callback it does not wait: the receiver is closed and freed when the last call that uses it ends.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_receiver_free(receiver: *mut dmerp_receiver) {
    plain((), || {
        sigpipe::blocked(|| {
            if let Ok(receiver) = handle::get::<Receiver>(receiver) {
                // So that the calls of other threads end, which the free waits for.
                receiver.stop();
            }
            handle::free::<Receiver>(receiver);
            Ok(())
        })
    });
}
