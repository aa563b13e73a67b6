use std::collections::HashMap;
use std::io::{self, Read as _};

pub const LIMIT: usize = 10;
static NAMES: &[&str] = &["é"];

mod inner {
    pub fn helper() {}
}

macro_rules! square {
    ($x:expr) => { $x * $x };
}

/// A shape.
pub trait Shape: Sized {
    fn area(&self) -> f64;
}

#[derive(Debug)]
pub struct Circle {
    pub radius: f64,
}

pub enum Color {
    Red,
    Green(u8),
}

type Names = Vec<String>;

impl Shape for Circle {
    /// Area of the circle.
    #[inline]
    fn area(&self) -> f64 {
        if self.radius > 0.0 {
            println!("{}", square!(self.radius));‸
        }
        inner::helper();
        self.scale(twice(1.0))
    }
}

impl<T> Shape for Vec<T> {
    fn area(&self) -> f64 {
        self.len() as f64
    }
}

pub fn twice<T: Into<f64>>(x: T) -> f64 {
    let y = x.into();
    Circle { radius: y }.area()
}
