(element (start_tag (attribute
  (attribute_name) @_id
  (quoted_attribute_value (attribute_value) @name))
  (#eq? @_id "id"))) @definition.section

; A component is a tag with a capital.
(self_closing_tag (tag_name) @name (#match? @name "^[A-Z]")) @reference.call
(start_tag (tag_name) @name (#match? @name "^[A-Z]")) @reference.call
