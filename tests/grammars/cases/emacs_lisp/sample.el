;;; shapes.el --- Shapes  -*- lexical-binding: t; -*-
(require 'cl-lib)

(defconst shapes-limit 10)
(defvar shapes-names nil "Names.")
(defcustom shapes-size 1 "Size." :type 'integer)

;; Area of the circle.
(defun shapes-area (radius)
  "Area of the circle with RADIUS."
  (interactive)
  (if (> radius 0)
      (message "%s" (shapes--square radius))‸
    0))

(defsubst shapes--square (x)
  (* x x))

(defmacro shapes-twice (form)
  `(progn ,form ,form))

(cl-defun shapes-scale (&key by)
  (mapcar #'shapes--square by))

(define-minor-mode shapes-mode "Mode.")

(provide 'shapes)
