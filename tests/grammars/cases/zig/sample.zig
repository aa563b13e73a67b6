const std = @import("std");
const shape = @import("shape.zig");

pub const limit: usize = 10;
var names: []const u8 = "é";

/// A circle.
pub const Circle = struct {
    radius: f64,

    pub fn area(self: Circle) f64 {
        if (self.radius > 0) {
            std.debug.print("{}", .{square(self.radius)});‸
        }
        return shape.scale(self);
    }
};

const Color = enum { red, green };

fn square(x: f64) f64 {
    return x * x;
}

test "area" {
    _ = square(2);
}
