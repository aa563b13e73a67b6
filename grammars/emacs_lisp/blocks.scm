[(list) (special_form) (function_definition) (macro_definition) (vector)] @block
