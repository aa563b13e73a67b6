[(class_interface) (class_implementation) (protocol_declaration)] @block
