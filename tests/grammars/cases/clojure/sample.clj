(ns shapes.core
  (:require [clojure.string :as str]
            [shapes.tools :refer [square]])
  (:import (java.util Date)))

(def limit 10)

;; A shape.
(defprotocol Shape
  (area [this]))

(defrecord Circle [radius]
  Shape
  (area [this]
    (square radius)))

(defn scale
  "Scales a circle."
  [circle by]
  (when (pos? by)
    (println (str/upper-case "é"))‸)
  (->Circle (* by (:radius circle))))

(defmacro twice [form]
  `(do ~form ~form))

(defn- helper [] (map square [1 2]))
