//! The library through its public surface, against the sandbox over real sockets.

mod batch;
mod config;
mod control;
mod documents;
mod failures;
mod ffi;
mod files;
mod memory;
mod names;
mod packets;
mod proxy;
mod receive;
mod requests;
mod retries;
mod storage;
mod streams;
mod support;
mod tls;
mod verbs;
