pub struct WidthExperiment; pub struct WidthRow; pub fn ticket_law(){}
