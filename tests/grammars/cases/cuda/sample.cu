#include <cuda_runtime.h>
#include "shape.h"

#define LIMIT 10

struct Circle {
    float radius;
};

__device__ float square(float x)
{
    return x * x;
}

// Areas of all circles.
__global__ void areas(const Circle *circles, float *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = square(circles[i].radius);‸
    }
}

void run(Circle *circles, float *out, int n)
{
    areas<<<1, n>>>(circles, out, n);
    cudaDeviceSynchronize();
}
