[(signature) (type_definition) (value_specification) (record_declaration)] @block
