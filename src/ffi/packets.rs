//! `dmerp_packets`: the list that a pull returned.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, dmerp_error, dmerp_status, entry, invalid, out, plain, text};

/// The list of pending packets that a pull returned; freed with dmerp_packets_free(). Any number of threads may read one at
/// once.
pub struct dmerp_packets {
    _private: [u8; 0],
}

/// One packet of a list. The strings are borrowed from the list and valid until dmerp_packets_free(); those after `url` are
/// NULL where the portal did not send them.
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
}

/// One delivery of a packet, as dmerp_client_done() takes it: both fields as the list gave them.
#[repr(C)]
pub struct dmerp_receipt {
    /// The packet's id.
    pub id: *const c_char,
    /// The receipt handle of the packet's latest listing.
    pub receipt_handle: *const c_char,
}

pub(super) struct PacketsObject(Vec<Entry>);

struct Entry {
    id: CString,
    receipt_handle: CString,
    url: CString,
    mobile_user: Option<CString>,
    company_id: Option<CString>,
    app_code: Option<CString>,
    packet_type: Option<CString>,
    on_date: Option<CString>,
    size: i64,
    other: BTreeMap<String, CString>,
}

impl Object for PacketsObject {
    type Handle = dmerp_packets;
    const NAME: &'static str = "dmerp_packets";
}

impl PacketsObject {
    pub fn new(packets: Vec<crate::Packet>) -> Self {
        let optional = |text: &Option<String>| text.as_deref().map(c_text);
        PacketsObject(
            packets
                .iter()
                .map(|packet| Entry {
                    id: c_text(&packet.id),
                    receipt_handle: c_text(&packet.receipt_handle),
                    url: c_text(&packet.url),
                    mobile_user: optional(&packet.mobile_user),
                    company_id: optional(&packet.company_id),
                    app_code: optional(&packet.app_code),
                    packet_type: optional(&packet.packet_type),
                    on_date: optional(&packet.on_date),
                    size: packet
                        .size
                        .and_then(|size| i64::try_from(size).ok())
                        .unwrap_or(-1),
                    other: packet
                        .other
                        .iter()
                        .map(|(name, value)| (name.clone(), c_text(value)))
                        .collect(),
                })
                .collect(),
        )
    }

    fn entry(&self, index: usize) -> crate::Result<&Entry> {
        self.0
            .get(index)
            .ok_or_else(|| invalid("index", &format!("is {index}, of {}", self.0.len())))
    }
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// How many packets a list holds; 0 when `packets` is not a live list.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packets_len(packets: *const dmerp_packets) -> usize {
    plain(0, || Ok(handle::get::<PacketsObject>(packets)?.0.len()))
}

/// Puts a list's packet number `index`, counted from 0, into `*packet`. Its strings are borrowed from the list.
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
            },
        )?;
        let packets = handle::get::<PacketsObject>(packets)?;
        let entry = packets.entry(index)?;
        *packet = dmerp_packet {
            id: entry.id.as_ptr(),
            receipt_handle: entry.receipt_handle.as_ptr(),
            url: entry.url.as_ptr(),
            mobile_user: pointer(&entry.mobile_user),
            company_id: pointer(&entry.company_id),
            app_code: pointer(&entry.app_code),
            packet_type: pointer(&entry.packet_type),
            on_date: pointer(&entry.on_date),
            size: entry.size,
        };
        Ok(())
    })
}

/// Puts a field that dmerp_packet does not have, by the portal's name for it, into `*value`: fields can appear without
/// notice. NULL where the portal did not send it. Borrowed: valid until dmerp_packets_free().
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such index, NULL, or not UTF-8), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packets_other_field(
    packets: *const dmerp_packets,
    index: usize,
    name: *const c_char,
    value: *mut *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let value = out("value", value, std::ptr::null())?;
        let packets = handle::get::<PacketsObject>(packets)?;
        let found = packets.entry(index)?.other.get(text("name", name)?);
        *value = found.map_or(std::ptr::null(), |text| text.as_ptr());
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
