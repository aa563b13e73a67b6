#import <Foundation/Foundation.h>
#include "Shape.h"

#define LIMIT 10

@protocol Sized
- (double)size;
@end

// A circle.
@interface Circle : NSObject <Sized>
@property (nonatomic) double radius;
- (instancetype)initWithRadius:(double)radius;
- (double)area;
@end

@implementation Circle

- (double)area {
    if (self.radius > 0) {
        NSLog(@"%f", square(self.radius));‸
    }
    return [self scaleBy:2];
}

@end

double square(double x) {
    return x * x;
}
