[(declaration_list) (requirement_seq)] @block
