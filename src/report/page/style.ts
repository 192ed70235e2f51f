/**
 * How the page looks: light and dark by the reader's own setting, system fonts, no image and nothing fetched. Text
 * colours keep a contrast of 4.5 to 1 on their grounds in both (test/e2e/report.test.ts measures it).
 */
export const STYLE = `
:root{color-scheme:light dark;
--ground:#f5f4ef;--surface:#fffefb;--sunk:#eeece4;--ink:#1b1e22;--soft:#565c66;--line:#dfdcd2;--accent:#0a6459;
--equal:#0a6459;--equal-on:#dff1ec;--lacks:#972447;--lacks-on:#fbe5ea;--adds:#22509c;--adds-on:#e4edfb;
--differs:#7d4600;--differs-on:#fcecd0;--unknown:#565c66;--unknown-on:#eae8e0;--bad:#a3261f;--bad-on:#fbe4e0;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--ground:#131518;--surface:#1b1e22;--sunk:#24282d;--ink:#e9e7e1;--soft:#a4abb5;--line:#31363d;--accent:#74d6c3;
--equal:#7ad8c5;--equal-on:#15332d;--lacks:#f7a5b7;--lacks-on:#3d1c26;--adds:#a5c5ff;--adds-on:#1b2b47;
--differs:#f2bf73;--differs-on:#3a2b11;--unknown:#a9b0ba;--unknown-on:#2a2e34;--bad:#ff9d92;--bad-on:#431e1a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 var(--sans)}
main{max-width:1080px;margin:0 auto;padding:40px 28px 56px}
article.folder+article.folder{margin-top:72px;padding-top:56px;border-top:1px solid var(--line)}
h1,h2,h3,p,dl,dd,figure{margin:0}
h1{font-size:clamp(30px,5vw,44px);line-height:1.1;letter-spacing:-.02em;font-weight:680;overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;margin:52px 0 12px}
h3{font-size:16px;font-weight:620;overflow-wrap:anywhere}
.eyebrow{color:var(--accent);font-weight:620;font-size:13px;letter-spacing:.06em;margin-bottom:8px}
.where{color:var(--soft);font:14px/1.5 var(--mono);margin-top:8px;overflow-wrap:anywhere}
.overview{display:flex;flex-wrap:wrap;gap:24px 40px;justify-content:space-between;align-items:flex-end}
.overview .title{flex:1 1 320px;min-width:0}
.verdict{flex:0 1 380px;min-width:0;border-left:3px solid var(--line);padding:2px 0 2px 18px;font-size:14.5px;color:var(--soft);overflow-wrap:anywhere}
.verdict .mark{font-size:16px;font-weight:640;padding:5px 13px;margin-bottom:8px}
.mark{display:inline-block;white-space:nowrap;border-radius:999px;padding:1px 9px;font-size:13px;line-height:1.6;font-variant-numeric:tabular-nums}
.mark.equal{color:var(--equal);background:var(--equal-on)}.mark.lacks{color:var(--lacks);background:var(--lacks-on)}
.mark.adds{color:var(--adds);background:var(--adds-on)}.mark.differs{color:var(--differs);background:var(--differs-on)}
.mark.unknown{color:var(--unknown);background:var(--unknown-on)}.mark.bad{color:var(--bad);background:var(--bad-on)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden;margin-top:34px}
.tiles>div{background:var(--surface);padding:16px 18px 15px}
.tiles dt{font-size:13px;color:var(--soft)}
.tiles b{display:block;font-size:25px;line-height:1.3;font-weight:640;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles dd span{font-size:13px;color:var(--soft)}
.lead,.legend,.more{color:var(--soft);font-size:14.5px;max-width:72ch}
.lead{margin-bottom:16px}.legend{margin-bottom:12px}.more{margin-top:10px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:14px;background:var(--surface)}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:3px}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums}
th,td{padding:9px 14px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--sunk);font-weight:600;font-size:13.5px;vertical-align:bottom}
thead small{display:block;font-weight:400;color:var(--soft);font-size:12.5px}
small{font-size:13px;color:var(--soft)}
tbody th{font-weight:450}
.grid th[scope=row]{min-width:170px;max-width:380px;position:sticky;left:0;background:var(--surface)}
.grid thead th:first-child{position:sticky;left:0;z-index:1}
.grid td .mark{margin:0 4px 3px 0}
.grid .whole th,.grid .whole td{font-weight:600;border-bottom:1px solid var(--line)}
.grid em{font-style:normal}
.depth2 bdi,.depth3 bdi,.depth4 bdi,.depth5 bdi,.depth6 bdi{color:var(--soft)}
.depth2{padding-left:34px}.depth3{padding-left:54px}.depth4{padding-left:74px}.depth5{padding-left:94px}.depth6{padding-left:114px}
.parents{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.path{font-family:var(--mono);font-size:.93em;overflow-wrap:anywhere}
.list td:first-child{min-width:30ch}
.list td small{display:block;min-width:26ch}
.list small{font-family:var(--mono);font-size:12px;overflow-wrap:anywhere}
.figures td{white-space:nowrap}.number{text-align:right}
.soft{color:var(--soft)}
details>summary{cursor:pointer;color:var(--accent);font-size:14.5px;padding:2px 0 12px;width:fit-content;border-radius:6px}
.cards{display:grid;gap:14px}
.card{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:18px 20px;min-width:0}
.versions{display:flex;flex-wrap:wrap;gap:10px 36px;margin:10px 0 14px}
.versions dt,.commands dt{font-size:13px;color:var(--soft)}
.versions small{display:block}
.commands{display:grid;grid-template-columns:minmax(0,1fr);gap:3px}
.commands dt{margin-top:7px}
code{font-family:var(--mono);font-size:.9em;background:var(--sunk);border-radius:5px;padding:1px 5px;overflow-wrap:anywhere}
.commands code{display:block;padding:7px 11px;border-radius:8px;font-size:13px;user-select:all}
.problems{padding:0;margin:0;list-style:none;font-size:14.5px}
.problems li{padding:8px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
figure{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:16px 20px 12px;margin-bottom:16px}
figcaption{font-size:14px;color:var(--soft);margin-bottom:10px}
.chart{display:block;overflow:visible}
.chart line{stroke:var(--line)}.chart .floor{stroke:var(--soft)}
.chart text{fill:var(--soft);font-size:11.5px}
.chart .ok rect{fill:var(--accent)}.chart .failed rect{fill:var(--bad)}.chart circle{fill:var(--differs)}
.chart g:hover rect{opacity:.75}
figure .legend{margin:8px 0 0;font-size:13px}
.key{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 3px 0 12px}.key:first-child{margin-left:0}
.key.ok{background:var(--accent)}.key.failed{background:var(--bad)}.key.dot{background:var(--differs);border-radius:50%;width:8px;height:8px}
footer{margin-top:60px;padding-top:18px;border-top:1px solid var(--line);color:var(--soft);font-size:13.5px}
@media (max-width:640px){
main{padding:26px 16px 40px}
.tiles{grid-template-columns:1fr 1fr}
.tiles>div:last-child:nth-child(odd){grid-column:1/-1}
.scroll{border:0;background:none;border-radius:0;overflow:visible}
table,tbody,tr,th,td{display:block;border:0}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:10px 14px;margin-bottom:10px}
th,td,.number{padding:3px 0;text-align:left}
td[data-peer]{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}
td[data-peer]::before{content:attr(data-peer);flex:0 0 88px;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
td[data-peer]>*{min-width:0}
.grid th[scope=row]{position:static;max-width:none;background:none;padding-left:0;font-weight:620;margin-bottom:2px}
.grid .whole th,.grid .whole td{border-bottom:0}
.parents{position:static;width:auto;height:auto;overflow:visible;clip-path:none}
.cell{flex:1;min-width:0}
.list td:first-child,.list td small{min-width:0}
.figures tr{padding:6px 0}.figures td{display:inline-block;padding:2px 10px}
}
@media print{body{background:#fff}.scroll{overflow:visible}details::details-content{content-visibility:visible}}
`;
