#include "common.hlsl"

cbuffer Settings : register(b0)
{
    float4 color;
};

struct Input
{
    float4 position : SV_POSITION;
};

// Squares a number.
float square(float x)
{
    return x * x;
}

float4 main(Input input) : SV_TARGET
{
    if (input.position.x > 0) {
        return color * square(input.position.x);‸
    }
    return color;
}
