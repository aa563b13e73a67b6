[(element) (script_element) (style_element) (template_element)] @block
