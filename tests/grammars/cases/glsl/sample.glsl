#version 330
#define LIMIT 10

uniform vec3 color;
in vec2 position;

struct Light {
    vec3 direction;
};

// Squares a number.
float square(float x) {
    return x * x;
}

void main() {
    if (position.x > 0.0) {
        gl_FragColor = vec4(color, square(position.x));‸
    }
}
