//! Needs std, and nothing else.
