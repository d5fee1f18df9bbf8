//! The portal on your own machine.
