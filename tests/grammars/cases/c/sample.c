#include <stdio.h>
#include "shape.h"

#define LIMIT 10
#define SQUARE(x) ((x) * (x))

typedef struct point {
    int x;
    int y;
} Point;

enum color { RED, GREEN = 2 };

union value {
    int i;
    float f;
};

typedef int (*callback)(void *);

static int counter = 0;

int add(int a, int b);

/* Distance of two points. */
double distance(const Point *a, const Point *b)
{
    int dx = a->x - b->x;
    if (dx > LIMIT) {
        printf("%d\n", SQUARE(dx));‸
    }
    return sqrt(add(dx, 1));
}

char *name_of(struct point *p)
{
    return p->callback(p);
}
