((script_element
    (start_tag (attribute
      (attribute_name) @_type
      (quoted_attribute_value (attribute_value) @_json)))
    (raw_text) @content)
  (#eq? @_type "type")
  (#match? @_json "json|importmap")
  (#set! language "json"))
((script_element (raw_text) @content) (#set! language "javascript"))
((style_element (raw_text) @content) (#set! language "css"))
