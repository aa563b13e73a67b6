(import (scheme base) (srfi 1))
(load "shape.scm")

(define limit 10)

; Area of the circle.
(define (area radius)
  (if (> radius 0)
      (display (square radius))‸
      0))

(define square
  (lambda (x)
    (* x x)))

(define-record-type point
  (make-point x y)
  point?
  (x point-x))

(define-syntax twice
  (syntax-rules ()
    ((_ form) (begin form form))))
