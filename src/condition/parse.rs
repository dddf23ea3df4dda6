//! One expression, and nothing after it.

use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::Complaint;

/// A condition that is grammatical; whether it fits a table is not known yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed(pub(super) ast::Expr);

/// Parses one expression. The grammar is PostgreSQL's for all databases: `'text'`, `"name"`, `||`.
///
/// # Errors
/// The parser's own sentence, or that something stands after the expression.
pub fn parse(text: &str) -> Result<Parsed, Complaint> {
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(50)
        .try_with_sql(text)
        .map_err(|error| grammar(&error.to_string()))?;
    let expr = parser
        .parse_expr()
        .map_err(|error| grammar(&error.to_string()))?;
    match parser.peek_token().token {
        Token::EOF => Ok(Parsed(expr)),
        _ => Err(Complaint::new(
            "something stands after the condition",
            "write one boolean expression, without a semicolon, a comma or a comment",
        )),
    }
}

fn grammar(message: &str) -> Complaint {
    let told = message.trim_start_matches("sql parser error: ");
    Complaint::new(
        format!("this is not an SQL condition: {told}"),
        "write one boolean expression over the table's columns, as in: status = 'closed' AND consent_at IS NOT NULL",
    )
}
