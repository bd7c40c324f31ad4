"""The chart of accounts (会计科目表), after the Chinese standard codes; every entry names its accounts from here."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from domain.finance.models import Account, AccountKind
from domain.kernel import Work

COMPANY_CURRENCY: Final = "CNY"
"""Stock is valued in the company's own currency, whatever its buyers pay in."""

BANK: Final = "1002"
PLATFORM_BALANCES: Final = "1012"
RECEIVABLES: Final = "1122"
PRICE_VARIANCES: Final = "1404"
STOCK: Final = "1405"
STOCK_DIFFERENCES: Final = "1901"
PAYABLES: Final = "2202"
ADVANCES: Final = "2203"
TAXES: Final = "2221"
REFUNDS: Final = "2241"
CAPITAL: Final = "4001"
YEAR_RESULT: Final = "4103"
SALES: Final = "6001"
FREIGHT_INCOME: Final = "6051"
OTHER_INCOME: Final = "6301"
COST_OF_SALES: Final = "6401"
SELLING_EXPENSES: Final = "6601"
ADMINISTRATION_EXPENSES: Final = "6602"
WRITE_DOWNS: Final = "6701"
OTHER_EXPENSES: Final = "6711"


@dataclass(frozen=True)
class ChartLine:
    """One account as the chart lists it."""

    code: str
    name: str
    name_chinese: str
    kind: AccountKind


CHART: Final = (
    ChartLine(BANK, "Bank deposits", "银行存款", AccountKind.ASSET),
    ChartLine(PLATFORM_BALANCES, "Balances held by platforms", "其他货币资金", AccountKind.ASSET),
    ChartLine(RECEIVABLES, "Accounts receivable", "应收账款", AccountKind.ASSET),
    ChartLine(PRICE_VARIANCES, "Variances of purchase prices", "材料成本差异", AccountKind.ASSET),
    ChartLine(STOCK, "Goods in stock", "库存商品", AccountKind.ASSET),
    ChartLine(STOCK_DIFFERENCES, "Stock gains and losses to be settled", "待处理财产损溢", AccountKind.ASSET),
    # Goods received and not yet invoiced (暂估应付, GR/IR) stand here until the supplier's invoice comes.
    ChartLine(PAYABLES, "Accounts payable, goods received included", "应付账款", AccountKind.LIABILITY),
    ChartLine(ADVANCES, "Advances from customers", "预收账款", AccountKind.LIABILITY),
    ChartLine(TAXES, "Taxes payable", "应交税费", AccountKind.LIABILITY),
    # What buyers are owed for goods that came back (应退货款) stands here until it is paid or settles what they owe.
    ChartLine(REFUNDS, "Other payables, refunds to buyers", "其他应付款", AccountKind.LIABILITY),
    ChartLine(CAPITAL, "Paid-in capital", "实收资本", AccountKind.EQUITY),
    ChartLine(YEAR_RESULT, "Result of the year", "本年利润", AccountKind.EQUITY),
    ChartLine(SALES, "Sales", "主营业务收入", AccountKind.INCOME),
    ChartLine(FREIGHT_INCOME, "Freight and other operating income", "其他业务收入", AccountKind.INCOME),
    ChartLine(OTHER_INCOME, "Other income", "营业外收入", AccountKind.INCOME),
    ChartLine(COST_OF_SALES, "Cost of sales", "主营业务成本", AccountKind.EXPENSE),
    ChartLine(SELLING_EXPENSES, "Selling expenses", "销售费用", AccountKind.EXPENSE),
    ChartLine(ADMINISTRATION_EXPENSES, "Administration expenses", "管理费用", AccountKind.EXPENSE),
    ChartLine(WRITE_DOWNS, "Write-downs of stock", "资产减值损失", AccountKind.EXPENSE),
    ChartLine(OTHER_EXPENSES, "Other expenses", "营业外支出", AccountKind.EXPENSE),
)


async def lay_chart(work: Work) -> None:
    """Enter the accounts that are missing and rename those the chart has renamed; running it again changes nothing."""
    lay = insert(Account).values([vars(line) for line in CHART])
    names = {"name": lay.excluded.name, "name_chinese": lay.excluded.name_chinese}
    await work.execute(lay.on_conflict_do_update(index_elements=[Account.code], set_=names))
