(defpackage :shapes
  (:use :cl)
  (:export #:area))
(in-package :shapes)
(ql:quickload :alexandria)

(defconstant +limit+ 10)
(defvar *names* nil)
(defparameter *size* 1)

;; A circle.
(defclass circle (shape)
  ((radius :initarg :radius :accessor radius)))

(defstruct point x y)

(defgeneric area (shape))

(defmethod area ((c circle))
  "Area of the circle."
  (if (> (radius c) 0)
      (print (square (radius c)))‸
      0))

(defun square (x)
  "The square."
  (let ((y x))
    (* x y)))

(defmacro twice (form)
  `(progn ,form ,form))
