pub struct Trap;
