(script_element
  (start_tag (attribute
    (attribute_name) @_lang
    (quoted_attribute_value (attribute_value) @language)))
  (raw_text) @content
  (#eq? @_lang "lang"))
(style_element
  (start_tag (attribute
    (attribute_name) @_lang
    (quoted_attribute_value (attribute_value) @language)))
  (raw_text) @content
  (#eq? @_lang "lang"))
((script_element (raw_text) @content) (#set! language "javascript"))
((style_element (raw_text) @content) (#set! language "css"))
((frontmatter (frontmatter_js_block) @content) (#set! language "typescript"))
