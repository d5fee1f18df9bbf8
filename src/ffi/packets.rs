//! `dmerp_packets`: the list that a pull returned.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, dmerp_error, dmerp_status, entry, invalid, out, plain, text_or_null};

/// The list of pending packets that a pull returned. Free it with dmerp_packets_free(). Any number of threads may read
/// it at the same time.
pub struct dmerp_packets {
    _private: [u8; 0],
}

/// A name and a value: NUL-terminated UTF-8. A further field of a listed packet, or an attribute in a synchronization
/// packet.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct dmerp_attribute {
    /// The name.
    pub name: *const c_char,
    /// The value.
    pub value: *const c_char,
}

/// One packet, as the portal listed it. All pointers are borrowed from the list (dmerp_packets) or the received packet
/// (dmerp_received) that it was read from, and valid until that is freed. The strings after `url` are NULL if the
/// portal did not send them.
#[repr(C)]
pub struct dmerp_packet {
    /// The packet's id. The same packet can be listed more than once, with the same id.
    pub id: *const c_char,
    /// The receipt handle of this listing, for dmerp_client_done(). It can become stale.
    pub receipt_handle: *const c_char,
    /// The storage path, for dmerp_client_link() and the downloads. It comes from outside: never use it as the path of
    /// a file.
    pub url: *const c_char,
    /// The mobile user who sent the packet. It comes from outside: never use it as the path of a file.
    pub mobile_user: *const c_char,
    /// The company that the packet belongs to.
    pub company_id: *const c_char,
    /// The mobile app that sent the packet.
    pub app_code: *const c_char,
    /// The kind of content: "data" or "image", as far as is known.
    pub packet_type: *const c_char,
    /// When the packet was sent, such as "2021-07-14T09:42:19.382Z".
    pub on_date: *const c_char,
    /// The content's size in bytes; -1 if the portal did not send it.
    pub size: i64,
    /// The further fields, `other_len` of them, each by the portal's own name for it; NULL if there are none. The portal
    /// may add fields at any time. A nested value is its JSON or XML source text.
    pub other: *const dmerp_attribute,
    /// The number of further fields.
    pub other_len: usize,
}

/// An entry of the portal's list that cannot be used: its id, its receipt handle or its url is missing, or a part of
/// the entry cannot be read. The strings are borrowed from the list and valid until dmerp_packets_free(). The strings
/// after `reason` are NULL if the field could not be read.
#[repr(C)]
pub struct dmerp_unreadable {
    /// The entry's place in the portal's list, counted from 1.
    pub place: usize,
    /// What is wrong with the entry, on one line.
    pub reason: *const c_char,
    /// The packet's id.
    pub id: *const c_char,
    /// The receipt handle of this listing.
    pub receipt_handle: *const c_char,
    /// The storage path.
    pub url: *const c_char,
}

/// What dmerp_client_done() needs to mark one packet done. Copy both fields from the list.
#[repr(C)]
pub struct dmerp_receipt {
    /// The packet's id.
    pub id: *const c_char,
    /// The receipt handle of the packet's latest listing.
    pub receipt_handle: *const c_char,
}

pub(super) struct PacketsObject {
    packets: Vec<PacketTexts>,
    unreadable: Vec<UnreadableTexts>,
}

/// A packet's texts as C reads them.
pub(super) struct PacketTexts {
    id: CString,
    receipt_handle: CString,
    url: CString,
    mobile_user: Option<CString>,
    company_id: Option<CString>,
    app_code: Option<CString>,
    packet_type: Option<CString>,
    on_date: Option<CString>,
    size: i64,
    fields: Fields,
}

struct UnreadableTexts {
    place: usize,
    reason: CString,
    id: Option<CString>,
    receipt_handle: Option<CString>,
    url: Option<CString>,
}

/// The array that C reads, and the texts that it points to.
struct Fields {
    array: Vec<dmerp_attribute>,
    _texts: Vec<(CString, CString)>,
}

// SAFETY: the pointers in `array` point into `_texts`, which moves together with it and never changes.
unsafe impl Send for Fields {}
// SAFETY: likewise; reading from several threads at once is harmless.
unsafe impl Sync for Fields {}

impl Fields {
    fn new(packet: &crate::Packet) -> Self {
        let texts: Vec<_> = packet
            .other
            .iter()
            .map(|(name, value)| (c_text(name), c_text(value)))
            .collect();
        Fields {
            array: texts
                .iter()
                .map(|(name, value)| dmerp_attribute {
                    name: name.as_ptr(),
                    value: value.as_ptr(),
                })
                .collect(),
            _texts: texts,
        }
    }
}

impl Object for PacketsObject {
    type Handle = dmerp_packets;
    const NAME: &'static str = "dmerp_packets";
}

fn or_none(text: &Option<String>) -> Option<CString> {
    text.as_deref().map(c_text)
}

impl PacketsObject {
    pub fn new(list: &crate::Packets) -> Self {
        PacketsObject {
            packets: list.packets.iter().map(PacketTexts::new).collect(),
            unreadable: list.unreadable.iter().map(UnreadableTexts::new).collect(),
        }
    }
}

impl dmerp_packet {
    pub(super) const EMPTY: dmerp_packet = dmerp_packet {
        id: std::ptr::null(),
        receipt_handle: std::ptr::null(),
        url: std::ptr::null(),
        mobile_user: std::ptr::null(),
        company_id: std::ptr::null(),
        app_code: std::ptr::null(),
        packet_type: std::ptr::null(),
        on_date: std::ptr::null(),
        size: -1,
        other: std::ptr::null(),
        other_len: 0,
    };
}

impl PacketTexts {
    /// The packet as C reads it, borrowed from these texts.
    pub fn borrowed(&self) -> dmerp_packet {
        let other = &self.fields.array;
        dmerp_packet {
            id: self.id.as_ptr(),
            receipt_handle: self.receipt_handle.as_ptr(),
            url: self.url.as_ptr(),
            mobile_user: text_or_null(&self.mobile_user),
            company_id: text_or_null(&self.company_id),
            app_code: text_or_null(&self.app_code),
            packet_type: text_or_null(&self.packet_type),
            on_date: text_or_null(&self.on_date),
            size: self.size,
            other: match other.is_empty() {
                true => std::ptr::null(),
                false => other.as_ptr(),
            },
            other_len: other.len(),
        }
    }

    pub fn new(packet: &crate::Packet) -> Self {
        PacketTexts {
            id: c_text(&packet.id),
            receipt_handle: c_text(&packet.receipt_handle),
            url: c_text(&packet.url),
            mobile_user: or_none(&packet.mobile_user),
            company_id: or_none(&packet.company_id),
            app_code: or_none(&packet.app_code),
            packet_type: or_none(&packet.packet_type),
            on_date: or_none(&packet.on_date),
            size: packet
                .size
                .and_then(|size| i64::try_from(size).ok())
                .unwrap_or(-1),
            fields: Fields::new(packet),
        }
    }
}

impl UnreadableTexts {
    fn new(entry: &crate::UnreadablePacket) -> Self {
        UnreadableTexts {
            place: entry.place,
            reason: c_text(&entry.reason),
            id: or_none(&entry.id),
            receipt_handle: or_none(&entry.receipt_handle),
            url: or_none(&entry.url),
        }
    }
}

pub(super) fn at<T>(list: &[T], index: usize) -> crate::Result<&T> {
    list.get(index)
        .ok_or_else(|| invalid("index", &format!("is {index}, of {}", list.len())))
}

/// Returns the number of packets in a list; 0 if `packets` is not a live list.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_len(packets: *const dmerp_packets) -> usize {
    plain(0, || {
        Ok(handle::get::<PacketsObject>(packets)?.packets.len())
    })
}

/// Stores the packet at `index`, counted from 0, in `*packet`. Its pointers are borrowed from the list.
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such index, or `packet` is NULL), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packets_get(
    packets: *const dmerp_packets,
    index: usize,
    packet: *mut dmerp_packet,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let packet = out("packet", packet, dmerp_packet::EMPTY)?;
        let list = handle::get::<PacketsObject>(packets)?;
        *packet = at(&list.packets, index)?.borrowed();
        Ok(())
    })
}

/// Returns the number of entries that could not be read; 0 if `packets` is not a live list. The portal lists them again
/// after its visibility time-out, like every packet that is not marked done.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_unreadable_len(packets: *const dmerp_packets) -> usize {
    plain(0, || {
        Ok(handle::get::<PacketsObject>(packets)?.unreadable.len())
    })
}

/// Stores the unreadable entry at `index`, counted from 0, in `*unreadable`. Its strings are borrowed from the list.
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such index, or `unreadable` is NULL), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packets_unreadable_get(
    packets: *const dmerp_packets,
    index: usize,
    unreadable: *mut dmerp_unreadable,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let none = std::ptr::null();
        let unreadable = out(
            "unreadable",
            unreadable,
            dmerp_unreadable {
                place: 0,
                reason: none,
                id: none,
                receipt_handle: none,
                url: none,
            },
        )?;
        let list = handle::get::<PacketsObject>(packets)?;
        let texts = at(&list.unreadable, index)?;
        *unreadable = dmerp_unreadable {
            place: texts.place,
            reason: texts.reason.as_ptr(),
            id: text_or_null(&texts.id),
            receipt_handle: text_or_null(&texts.receipt_handle),
            url: text_or_null(&texts.url),
        };
        Ok(())
    })
}

/// Frees a list and everything that is borrowed from it. NULL, and a list that was freed before, are ignored. Any
/// thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_free(packets: *mut dmerp_packets) {
    plain((), || {
        handle::free::<PacketsObject>(packets);
        Ok(())
    });
}
