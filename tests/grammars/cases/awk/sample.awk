#!/usr/bin/awk -f
@include "shape.awk"

BEGIN {
    LIMIT = 10
    FS = ":"
}

# Area of the circle: { not code }
function area(radius,    i) {
    if (radius > LIMIT) {
        print square(radius)‸
    }
    return length("function fake() {")
}

func square(x) { return x * x }

$1 ~ /}/ { total += area($2) }

END { printf "%d\n", total }
