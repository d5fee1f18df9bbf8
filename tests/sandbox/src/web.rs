//! The web page.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
