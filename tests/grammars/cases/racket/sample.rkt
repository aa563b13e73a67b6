#lang racket/base
(require racket/list "shape.rkt")
(provide area)

(define limit 10)

; Area of the circle.
(define (area radius)
  (if (> radius 0)
      (displayln (square radius))‸
      0))

(define square
  (lambda (x)
    (* x x)))

(struct point (x y))

(define-syntax-rule (twice form)
  (begin form form))

(define circle%
  (class object%
    (super-new)
    (define/public (scale by) by)))
