(local json (require :json))
(local limit 10)

; Squares a number.
(fn square [x]
  (if (> x 0)
      (print (json.encode x))‸
      (* x x)))

(lambda twice [x] (* 2 (square x)))

(macro unless [condition body]
  `(if (not ,condition) ,body))

(var names [])
