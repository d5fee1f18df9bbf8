//! `dmerp_packets`: the list that a pull returned.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, dmerp_error, dmerp_status, entry, invalid, out, plain, text_or_null};

/// The list of pending packets that a pull returned; freed with dmerp_packets_free(). Any number of threads may read one at
/// once.
pub struct dmerp_packets {
    _private: [u8; 0],
}

/// A field of a packet that dmerp_packet has no place for.
#[repr(C)]
pub struct dmerp_field {
    /// The portal's name for it.
    pub name: *const c_char,
    /// Its value. What is no plain value is the JSON or XML text it came in.
    pub value: *const c_char,
}

/// One packet of a list. What it points to is borrowed from the list and valid until dmerp_packets_free(). The strings after
/// `url` are NULL where the portal did not send them.
#[repr(C)]
pub struct dmerp_packet {
    /// The packet's id. The same packet can be listed again, so one id can be seen twice.
    pub id: *const c_char,
    /// Proof of this delivery, for dmerp_client_done(). It belongs to this listing and grows stale.
    pub receipt_handle: *const c_char,
    /// The storage path, for dmerp_client_download(). It comes from outside: never use it as a file's path.
    pub url: *const c_char,
    /// The mobile user who sent the packet. It comes from outside: never use it as a file's path.
    pub mobile_user: *const c_char,
    /// The company.
    pub company_id: *const c_char,
    /// The mobile app.
    pub app_code: *const c_char,
    /// What the content is: "data" or "image", as far as is known.
    pub packet_type: *const c_char,
    /// When it was sent, such as "2021-07-14T09:42:19.382Z".
    pub on_date: *const c_char,
    /// The content's size in bytes; -1 where the portal did not send it.
    pub size: i64,
    /// `other_len` further fields: the portal can add fields without notice. NULL where there is none.
    pub other: *const dmerp_field,
    /// How many they are.
    pub other_len: usize,
}

/// An entry of the portal's list that cannot be used: without an id, receipt handle or url it can be neither downloaded nor
/// marked. The strings are borrowed from the list and valid until dmerp_packets_free(); those after `reason` are NULL where
/// that field could not be read.
#[repr(C)]
pub struct dmerp_unreadable {
    /// Its place in the portal's list, counted from 1.
    pub place: usize,
    /// What is wrong with it, on one line.
    pub reason: *const c_char,
    /// The packet's id.
    pub id: *const c_char,
    /// Proof of this delivery.
    pub receipt_handle: *const c_char,
    /// The storage path.
    pub url: *const c_char,
}

/// One delivery of a packet, as dmerp_client_done() takes it: both fields as the list gave them.
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

struct PacketTexts {
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

/// The array that C sees, and the texts that it points into.
struct Fields {
    array: Vec<dmerp_field>,
    _texts: Vec<(CString, CString)>,
}

// SAFETY: the pointers in `array` lead into `_texts`, which moves along and is never changed.
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
                .map(|(name, value)| dmerp_field {
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

impl PacketTexts {
    fn new(packet: &crate::Packet) -> Self {
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

fn at<T>(list: &[T], index: usize) -> crate::Result<&T> {
    list.get(index)
        .ok_or_else(|| invalid("index", &format!("is {index}, of {}", list.len())))
}

/// How many packets a list holds; 0 when `packets` is not a live list.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_len(packets: *const dmerp_packets) -> usize {
    plain(0, || {
        Ok(handle::get::<PacketsObject>(packets)?.packets.len())
    })
}

/// Puts a list's packet number `index`, counted from 0, into `*packet`. What that points to is borrowed from the list.
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
        let none = std::ptr::null();
        let packet = out(
            "packet",
            packet,
            dmerp_packet {
                id: none,
                receipt_handle: none,
                url: none,
                mobile_user: none,
                company_id: none,
                app_code: none,
                packet_type: none,
                on_date: none,
                size: -1,
                other: std::ptr::null(),
                other_len: 0,
            },
        )?;
        let list = handle::get::<PacketsObject>(packets)?;
        let texts = at(&list.packets, index)?;
        let other = &texts.fields.array;
        *packet = dmerp_packet {
            id: texts.id.as_ptr(),
            receipt_handle: texts.receipt_handle.as_ptr(),
            url: texts.url.as_ptr(),
            mobile_user: text_or_null(&texts.mobile_user),
            company_id: text_or_null(&texts.company_id),
            app_code: text_or_null(&texts.app_code),
            packet_type: text_or_null(&texts.packet_type),
            on_date: text_or_null(&texts.on_date),
            size: texts.size,
            other: match other.is_empty() {
                true => std::ptr::null(),
                false => other.as_ptr(),
            },
            other_len: other.len(),
        };
        Ok(())
    })
}

/// How many entries of the portal's list could not be read; 0 when `packets` is not a live list. They are listed again after
/// the portal's visibility time, as every packet that is not marked done.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_unreadable_len(packets: *const dmerp_packets) -> usize {
    plain(0, || {
        Ok(handle::get::<PacketsObject>(packets)?.unreadable.len())
    })
}

/// Puts the unreadable entry number `index`, counted from 0, into `*entry`. Its strings are borrowed from the list.
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such index, or `entry` is NULL), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packets_unreadable_get(
    packets: *const dmerp_packets,
    index: usize,
    entry: *mut dmerp_unreadable,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    super::entry(error, || {
        let none = std::ptr::null();
        let entry = out(
            "entry",
            entry,
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
        *entry = dmerp_unreadable {
            place: texts.place,
            reason: texts.reason.as_ptr(),
            id: text_or_null(&texts.id),
            receipt_handle: text_or_null(&texts.receipt_handle),
            url: text_or_null(&texts.url),
        };
        Ok(())
    })
}

/// Frees a list and all that is borrowed from it. NULL and a list freed before are left alone. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_free(packets: *mut dmerp_packets) {
    plain((), || {
        handle::free::<PacketsObject>(packets);
        Ok(())
    });
}
