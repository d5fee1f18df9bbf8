use crate::page::Page;
pub fn add(_page: &mut Page) {}
