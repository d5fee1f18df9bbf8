//! Handles. What C sees as pointers are keys into one table; they are never dereferenced.
//!
//! A key holds a place in the table and the generation of that place. So a freed handle is recognized until its
//! generation comes round again: after 2^39 uses of one place; on 32-bit machines after 2^15 uses of each of up to 2^16
//! places. Keys are odd numbers, which no pointer to an object in C is.

use std::any::Any;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{ErrorKind, Result};

const INDEX_BITS: u32 = if usize::BITS == 64 { 24 } else { 16 };
const GENERATION_BITS: u32 = usize::BITS - INDEX_BITS - 1;
const LAST_INDEX: usize = (1 << INDEX_BITS) - 1;
const LAST_GENERATION: usize = (1 << GENERATION_BITS) - 1;

/// The Rust object behind one kind of handle.
pub(super) trait Object: Send + Sync + 'static {
    /// The opaque C type.
    type Handle;
    /// The C type's name.
    const NAME: &'static str;
}

struct Slot {
    generation: usize,
    object: Option<(&'static str, Arc<dyn Any + Send + Sync>)>,
    /// Calls that use the object now.
    users: usize,
    /// The handle was freed: no new call may use it.
    freed: bool,
    /// A thread waits in [`free`], and will take the object when its last user is done.
    awaited: bool,
}

struct Table {
    slots: Vec<Slot>,
    /// Free places. The one that was free for the longest time is used first, so generations grow slowly.
    unused: VecDeque<usize>,
    live: usize,
    /// How many forks separate this process from the one that loaded the library.
    forks: u64,
}

static TABLE: Mutex<Table> = Mutex::new(Table {
    slots: Vec::new(),
    unused: VecDeque::new(),
    live: 0,
    forks: 0,
});

static LAST_USER_DONE: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, Table> {
    #[cfg(unix)]
    fork::watch();
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy)]
struct Key {
    index: usize,
    generation: usize,
}

impl Key {
    fn read<H>(handle: *const H) -> Option<Key> {
        let bits = handle.addr();
        (bits & 1 == 1).then_some(Key {
            index: (bits >> 1) & LAST_INDEX,
            generation: bits >> (INDEX_BITS + 1),
        })
    }

    fn write<H>(self) -> *mut H {
        std::ptr::without_provenance_mut(
            (self.generation << (INDEX_BITS + 1)) | (self.index << 1) | 1,
        )
    }
}

impl Table {
    fn slot(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key.index).filter(|slot| {
            slot.generation == key.generation && slot.object.is_some() && !slot.freed
        })
    }

    /// Empties a place. The caller drops the object after it has unlocked the table.
    fn vacate(&mut self, index: usize) -> Option<Arc<dyn Any + Send + Sync>> {
        let slot = &mut self.slots[index];
        let object = slot.object.take();
        slot.generation = if slot.generation == LAST_GENERATION {
            1
        } else {
            slot.generation + 1
        };
        slot.freed = false;
        slot.awaited = false;
        self.unused.push_back(index);
        self.live -= 1;
        object.map(|(_, object)| object)
    }
}

/// Stores an object and returns its handle; NULL if the table is full.
pub(super) fn put<T: Object>(object: T) -> *mut T::Handle {
    let object = Some((T::NAME, Arc::new(object) as Arc<dyn Any + Send + Sync>));
    let mut table = lock();
    let index = match table.unused.pop_front() {
        Some(index) => {
            table.slots[index].object = object;
            index
        }
        None if table.slots.len() > LAST_INDEX => return std::ptr::null_mut(),
        None => {
            table.slots.push(Slot {
                generation: 1,
                object,
                users: 0,
                freed: false,
                awaited: false,
            });
            table.slots.len() - 1
        }
    };
    table.live += 1;
    let generation = table.slots[index].generation;
    Key { index, generation }.write()
}

/// Like [`put`], but stores the handle in the caller's place.
pub(super) fn put_into<T: Object>(place: &mut *mut T::Handle, object: T) -> Result<()> {
    *place = put(object);
    if place.is_null() {
        let problem = format!(
            "{} handles are in use, which is the most there can be; free some",
            LAST_INDEX + 1
        );
        return Err(ErrorKind::InvalidHandle(problem).into());
    }
    Ok(())
}

/// An object in use. A free by another thread waits until this is dropped.
pub(super) struct InUse<T> {
    object: Arc<dyn Any + Send + Sync>,
    key: Key,
    forks: u64,
    kind: PhantomData<T>,
}

/// Returns the object behind a handle, for use during a call.
pub(super) fn get<T: Object>(handle: *const T::Handle) -> Result<InUse<T>> {
    let invalid = |problem: &str| {
        Err(ErrorKind::InvalidHandle(format!("the {} handle {problem}", T::NAME)).into())
    };
    if handle.is_null() {
        return invalid("is NULL");
    }
    let Some(key) = Key::read(handle) else {
        return invalid("is not from this library");
    };
    let mut table = lock();
    let forks = table.forks;
    let Some(slot) = table.slot(key) else {
        return invalid("was freed, or is not from this library");
    };
    match &slot.object {
        Some((name, object)) if *name == T::NAME => {
            let object = object.clone();
            slot.users += 1;
            Ok(InUse {
                object,
                key,
                forks,
                kind: PhantomData,
            })
        }
        Some((name, _)) => invalid(&format!("is a {name}")),
        None => invalid("was freed"),
    }
}

impl<T: Object> std::ops::Deref for InUse<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.object.downcast_ref() {
            Some(object) => object,
            None => unreachable!("get() has compared the kind"),
        }
    }
}

impl<T> Drop for InUse<T> {
    fn drop(&mut self) {
        let mut table = lock();
        if table.forks != self.forks {
            // The user count belongs to the parent process.
            return;
        }
        let slot = &mut table.slots[self.key.index];
        slot.users -= 1;
        if slot.users > 0 || !slot.freed {
            return;
        }
        if slot.awaited {
            LAST_USER_DONE.notify_all();
            return;
        }
        let object = table.vacate(self.key.index);
        drop(table);
        drop(object);
    }
}

/// Frees a handle. Anything that is not a live handle of this kind is ignored.
///
/// Waits for the calls of other threads that use the object. In a callback it does not wait, because it might wait for
/// itself: the last of these calls frees the object when it ends.
pub(super) fn free<T: Object>(handle: *mut T::Handle) {
    let Some(key) = Key::read(handle) else {
        return;
    };
    let mut table = lock();
    let forks = table.forks;
    let Some(slot) = table.slot(key) else {
        return;
    };
    if !matches!(slot.object, Some((name, _)) if name == T::NAME) {
        return;
    }
    slot.freed = true;
    if slot.users > 0 {
        if super::inside_a_callback() {
            return;
        }
        slot.awaited = true;
        while table.forks == forks && table.slots[key.index].users > 0 {
            table = LAST_USER_DONE
                .wait(table)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
    let object = table.vacate(key.index);
    drop(table);
    drop(object);
}

/// How many handles are live.
pub(super) fn live() -> usize {
    lock().live
}

/// Keeps the table consistent across a fork. No thread may change the table at that moment. In the child, the calls of
/// the parent's other threads do not exist, so they no longer use any handle.
#[cfg(unix)]
mod fork {
    use std::cell::UnsafeCell;
    use std::sync::{MutexGuard, Once, PoisonError};

    use super::{TABLE, Table};

    static WATCHING: Once = Once::new();
    static HELD: Held = Held(UnsafeCell::new(None));

    struct Held(UnsafeCell<Option<MutexGuard<'static, Table>>>);

    // SAFETY: only the thread that holds TABLE's lock uses it.
    unsafe impl Sync for Held {}

    pub(super) fn watch() {
        WATCHING.call_once(|| {
            // SAFETY: the three functions live as long as the library; the C library removes them when the library is
            // unloaded.
            unsafe {
                libc::pthread_atfork(Some(prepare), Some(parent), Some(child));
            }
        });
    }

    extern "C" fn prepare() {
        let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: this thread holds the lock.
        unsafe { *HELD.0.get() = Some(table) };
    }

    extern "C" fn parent() {
        // SAFETY: this thread locked the table in prepare().
        drop(unsafe { (*HELD.0.get()).take() });
    }

    extern "C" fn child() {
        // SAFETY: this thread, the child's only one, locked the table in prepare().
        let table = unsafe { (*HELD.0.get()).take() };
        if let Some(mut table) = table {
            table.forks += 1;
            for slot in &mut table.slots {
                slot.users = 0;
                slot.awaited = false;
            }
            // A thread of the parent was freeing these handles, and is not in the child to finish. What an object holds
            // may belong to the parent, so it is not dropped.
            let orphans: Vec<_> = (0..table.slots.len())
                .filter(|&index| table.slots[index].freed)
                .collect();
            for index in orphans {
                std::mem::forget(table.vacate(index));
            }
        }
    }
}
