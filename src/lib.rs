//! dmerp: exchange synchronization packets with Dynamics Mobile's cloud.
