#include <Servo.h>

#define LED 13

Servo motor;
int count = 0;

// Runs once.
void setup() {
  pinMode(LED, OUTPUT);
}

void loop() {
  if (count < 10) {
    digitalWrite(LED, square(count));‸
  }
}

int square(int x) { return x * x; }
