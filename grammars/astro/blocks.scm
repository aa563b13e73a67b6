[(element) (script_element) (style_element) (frontmatter)] @block
