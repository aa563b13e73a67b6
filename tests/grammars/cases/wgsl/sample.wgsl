const LIMIT: f32 = 10.0;

struct Light {
    direction: vec3<f32>,
}

@group(0) @binding(0) var<uniform> light: Light;

// Squares a number.
fn square(x: f32) -> f32 {
    return x * x;
}

@fragment
fn main() -> @location(0) vec4<f32> {
    if (light.direction.x > 0.0) {
        return vec4<f32>(square(1.0));‸
    }
    return vec4<f32>(0.0);
}
