(element (start_tag (attribute
  (attribute_name) @_id
  (quoted_attribute_value (attribute_value) @name))
  (#eq? @_id "id"))) @definition.section

(attribute
  (attribute_name) @_href
  (quoted_attribute_value (attribute_value) @name)
  (#eq? @_href "href")
  (#match? @name "^#")) @reference.value
(attribute
  (attribute_name) @_class
  (quoted_attribute_value (attribute_value) @name)
  (#eq? @_class "class")) @reference.value
